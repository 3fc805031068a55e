# The figures from the tables alone, in one job: redrawing never recomputes.


rule figures:
    input:
        [f"results/{{study}}/{table.place}" for table in AIM.drawn_from],
    output:
        svg=[
            report(
                f"results/{{study}}/figures/{figure}.svg",
                caption=caption(figure),
                category="Figures",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in AIM.figures
        ],
        rest=expand(
            "results/{{study}}/figures/{figure}.{format}",
            figure=AIM.figures,
            format=["png", "nc", "txt"],
        ),
    log:
        "results/{study}/logs/figures.log",
    benchmark:
        "results/{study}/benchmarks/figures.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(1500),
        runtime=minutes(10 * len(AIM.figures)),
    params:
        folder=lambda w, output: str(Path(output.svg[0]).parent),
    message:
        "Drawing the figures"
    shell:
        "nearsight figures {input:q} --out {params.folder:q} > {log:q} 2>&1"

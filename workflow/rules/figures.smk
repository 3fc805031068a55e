# The figures from the tables alone, in one job: redrawing never recomputes.


if STUDY.aim == "stability":

    rule figures:
        input:
            curves="results/{study}/tables/curves.nc",
            table="results/{study}/tables/decay_vs_stability.nc",
        output:
            svg=[
                report(
                    f"results/{{study}}/figures/{figure}.svg",
                    caption=f"../report/{figure}.rst",
                    category="Figures",
                    labels={"figure": figure.replace("_", " ")},
                )
                for figure in FIGURES
            ],
            rest=expand(
                "results/{{study}}/figures/{figure}.{format}",
                figure=FIGURES,
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
            runtime=minutes(10 * len(FIGURES)),
        params:
            folder=lambda w, output: str(Path(output.svg[0]).parent),
        message:
            "Drawing the figures"
        shell:
            "nearsight figures {input.curves:q} {input.table:q} --out {params.folder:q} > {log:q} 2>&1"

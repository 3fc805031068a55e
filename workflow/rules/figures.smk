# Each figure from the tables alone: redrawing never recomputes.
# A rule per figure, because a caption's path cannot hold a wildcard.

for FIGURE in FIGURES:

    rule:
        name:
            f"figure_{FIGURE}"
        input:
            curves="results/{study}/tables/curves.nc",
            table="results/{study}/tables/decay_vs_stability.nc",
        output:
            svg=report(
                f"results/{{study}}/figures/{FIGURE}.svg",
                caption=f"../report/{FIGURE}.rst",
                category="Figures",
                labels={"figure": FIGURE.replace("_", " ")},
            ),
            png=f"results/{{study}}/figures/{FIGURE}.png",
            data=f"results/{{study}}/figures/{FIGURE}.nc",
            alt=f"results/{{study}}/figures/{FIGURE}.txt",
        log:
            f"results/{{study}}/logs/figures/{FIGURE}.log",
        benchmark:
            f"results/{{study}}/benchmarks/figures/{FIGURE}.tsv"
        localrule: True
        conda:
            "../../envs/environment.yaml"
        resources:
            mem_mb=megabytes(1000),
            runtime=lambda w, attempt: 5 * attempt,
        params:
            figure=FIGURE,
            folder=subpath(output.svg, parent=True),
        message:
            "Drawing {params.figure}"
        shell:
            "nearsight figures {input.curves:q} {input.table:q} --name {params.figure}"
            " --out {params.folder:q} > {log:q} 2>&1"

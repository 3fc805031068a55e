# Studies whose aim is how properties are pooled over atoms, or accuracy alone.


if STUDY.aim == "properties":

    rule alkanes:
        output:
            "results/{study}/alkanes.xyz",
        log:
            "results/{study}/logs/alkanes.log",
        benchmark:
            "results/{study}/benchmarks/alkanes.tsv"
        conda:
            "../../envs/environment.yaml"
        threads: 1
        resources:
            mem_mb=megabytes(1500),
            runtime=minutes(600),
        params:
            longest=STUDY.explain.longest_alkane,
        message:
            "Relaxing unbranched alkanes"
        shell:
            "nearsight data alkanes --longest {params.longest} --out {output:q} > {log:q} 2>&1"

    for BATCH in SHORT:

        rule:
            name:
                named("explain_alkanes", BATCH)
            input:
                models=BATCH.files("model.safetensors"),
                alkanes=f"{BATCH.root}/alkanes.xyz",
            output:
                relevance=BATCH.files("alkanes.nc"),
            log:
                f"{BATCH.root}/logs/explain_alkanes/{BATCH.label}.log",
            benchmark:
                f"{BATCH.root}/benchmarks/explain_alkanes/{BATCH.label}.tsv"
            conda:
                "../../envs/environment.yaml"
            threads: MACHINE.threads
            resources:
                mem_mb=megabytes_of(20, BATCH),
                runtime=minutes_of("relevance", BATCH),
            params:
                explain=fed("explain_alkanes", STUDY.explain),
            message:
                f"Explaining alkanes by {described(BATCH)}"
            shell:
                "exec nearsight each explain '{{//}}/model.safetensors' {input.alkanes:q}"
                " --settings {params.explain:q} --device cpu"
                " --out '{{}}' ::: {output.relevance:q} > {log:q} 2>&1"


if STUDY.aim != "stability":

    rule collect_other:
        input:
            study="results/{study}/study.json",
            rest=[
                path
                for file in ["card.json", "history.nc", "evaluation.nc"]
                + (["relevance.nc", "alkanes.nc"] if STUDY.aim == "properties" else [])
                for path in per_variant(file)
            ],
        output:
            csv=report(
                f"results/{{study}}/tables/{STUDY.aim}.csv",
                caption=f"../report/{STUDY.aim}_table.rst",
                category="Study table",
                labels={"table": STUDY.aim, "format": "CSV"},
            ),
            netcdf=f"results/{{study}}/tables/{STUDY.aim}.nc",
        log:
            "results/{study}/logs/collect.log",
        benchmark:
            "results/{study}/benchmarks/collect.tsv"
        conda:
            "../../envs/environment.yaml"
        resources:
            mem_mb=megabytes(4000),
            runtime=minutes(2 * N_NETWORKS),
        message:
            "Joining the results of all variants"
        shell:
            "nearsight collect {input.study:q} --out {output.netcdf:q} > {log:q} 2>&1"

    rule draw:
        input:
            f"results/{{study}}/tables/{STUDY.aim}.nc",
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
            "results/{study}/logs/draw.log",
        benchmark:
            "results/{study}/benchmarks/draw.tsv"
        conda:
            "../../envs/environment.yaml"
        resources:
            mem_mb=megabytes(1500),
            runtime=minutes(60),
        params:
            folder=lambda w, output: str(Path(output.svg[0]).parent),
        message:
            "Drawing the figures"
        shell:
            "nearsight draw {input:q} --out {params.folder:q} > {log:q} 2>&1"

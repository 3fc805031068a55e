# Relevance of walks (GNN-LRP) of every variant on held-out structures.

for BATCH in SHORT:

    rule:
        name:
            named("explain", BATCH)
        input:
            models=BATCH.files("model.safetensors"),
            data=f"{BATCH.home}/data.nc",
        output:
            relevance=BATCH.files("relevance.nc"),
        log:
            f"{BATCH.root}/logs/explain/{BATCH.label}.log",
        benchmark:
            f"{BATCH.root}/benchmarks/explain/{BATCH.label}.tsv"
        conda:
            "../../envs/environment.yaml"
        threads: MACHINE.threads
        resources:
            mem_mb=megabytes_of(20, BATCH),
            runtime=minutes_of("relevance", BATCH),
        params:
            costs=costs_of("explain", BATCH),
            explain=fed("explain", STUDY.explain),
        message:
            f"Explaining {described(BATCH)}"
        shell:
            EACH + " explain '{{//}}/model.safetensors' {input.data:q}"
            " --settings {params.explain:q} --device cpu"
            " --out '{{}}' ::: {output.relevance:q} > {log:q} 2>&1"

# Of a study of properties: a series of alkanes, explained by every variant.


rule alkanes:
    output:
        "results/{study}/alkanes.xyz",
    log:
        "results/{study}/logs/alkanes.log",
    benchmark:
        "results/{study}/benchmarks/alkanes.tsv"
    conda:
        "../../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(1500),
        runtime=minutes(600),
    params:
        longest=STUDY.properties.longest_alkane,
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
            "../../../envs/environment.yaml"
        threads: MACHINE.threads
        resources:
            mem_mb=megabytes_of(20, BATCH),
            runtime=minutes_of("relevance", BATCH),
        params:
            costs=costs_of("explain_alkanes", BATCH),
            explain=fed("explain_alkanes", STUDY.explain),
        message:
            f"Explaining alkanes by {described(BATCH)}"
        shell:
            EACH + " explain '{{//}}/model.safetensors' {input.alkanes:q}"
            " --settings {params.explain:q} --device cpu"
            " --out '{{}}' ::: {output.relevance:q} > {log:q} 2>&1"

# Relevance of walks (GNN-LRP) of every variant on held-out structures.


rule explain:
    input:
        model="results/{study}/{dataset}/{variant}/model.safetensors",
        data="results/{study}/{dataset}/data.nc",
    output:
        "results/{study}/{dataset}/{variant}/relevance.nc",
    log:
        "results/{study}/logs/explain/{dataset}/{variant}.log",
    benchmark:
        "results/{study}/benchmarks/explain/{dataset}/{variant}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(4000),
        runtime=lambda w, attempt: 20 * VARIANTS[w.variant].depth * attempt,
    params:
        explain=STUDY.explain.model_dump_json(),
    message:
        "Explaining {wildcards.variant} on {wildcards.dataset}"
    shell:
        "nearsight explain {input.model:q} {input.data:q} --settings {params.explain:q}"
        " --threads {threads} --out {output:q} > {log:q} 2>&1"

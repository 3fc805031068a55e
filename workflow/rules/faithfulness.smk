# Tests of the relevance of every variant: other rules, random weights, removed messages.


rule faithfulness:
    input:
        model="results/{study}/{dataset}/{variant}/model.safetensors",
        data="results/{study}/{dataset}/data.nc",
        relevance="results/{study}/{dataset}/{variant}/relevance.nc",
        response="results/{study}/{dataset}/{variant}/response.nc",
    output:
        "results/{study}/{dataset}/{variant}/faithfulness.nc",
    log:
        "results/{study}/logs/faithfulness/{dataset}/{variant}.log",
    benchmark:
        "results/{study}/benchmarks/faithfulness/{dataset}/{variant}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(4000),
        runtime=lambda w, attempt: 20 * VARIANTS[w.variant].depth * attempt,
    params:
        faithfulness=STUDY.faithfulness.model_dump_json(),
    message:
        "Testing the relevance of {wildcards.variant} on {wildcards.dataset}"
    shell:
        "nearsight faithfulness {input.model:q} {input.data:q} --relevance {input.relevance:q}"
        " --response {input.response:q} --settings {params.faithfulness:q}"
        " --threads {threads} --out {output:q} > {log:q} 2>&1"

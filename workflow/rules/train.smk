# One network per variant and data set, with its test errors, history and card.


rule train:
    input:
        data="results/{study}/{dataset}/data.nc",
        check="results/{study}/{dataset}/data.check.txt",
    output:
        model="results/{study}/{dataset}/{variant}/model.safetensors",
        history="results/{study}/{dataset}/{variant}/history.nc",
        evaluation="results/{study}/{dataset}/{variant}/evaluation.nc",
        card="results/{study}/{dataset}/{variant}/card.json",
    log:
        "results/{study}/logs/train/{dataset}/{variant}.log",
    benchmark:
        "results/{study}/benchmarks/train/{dataset}/{variant}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(3000),
        runtime=minutes_of_training,
    params:
        variant=lambda w: VARIANTS[w.variant].model_dump_json(),
        training=STUDY.training.model_dump_json(),
    message:
        "Training {wildcards.variant} on {wildcards.dataset}"
    shell:
        "nearsight train {input.data:q} --variant {params.variant:q}"
        " --settings {params.training:q} --threads {threads} --out {output.model:q} > {log:q} 2>&1"

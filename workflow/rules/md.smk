# NVE dynamics of every variant from held-out starts, and how long it holds.


rule dynamics:
    input:
        model="results/{study}/{dataset}/{variant}/model.safetensors",
        data="results/{study}/{dataset}/data.nc",
    output:
        dynamics="results/{study}/{dataset}/{variant}/dynamics.nc",
        trajectories=directory("results/{study}/{dataset}/{variant}/trajectories"),
    log:
        "results/{study}/logs/dynamics/{dataset}/{variant}.log",
    benchmark:
        "results/{study}/benchmarks/dynamics/{dataset}/{variant}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(3000),
        runtime=minutes_of_dynamics,
    params:
        dynamics=STUDY.dynamics.model_dump_json(),
    message:
        "NVE dynamics of {wildcards.variant} on {wildcards.dataset}"
    shell:
        "nearsight md {input.model:q} {input.data:q} --settings {params.dynamics:q}"
        " --trajectories {output.trajectories:q} --threads {threads}"
        " --out {output.dynamics:q} > {log:q} 2>&1"


rule stability:
    input:
        "results/{study}/{dataset}/{variant}/dynamics.nc",
    output:
        "results/{study}/{dataset}/{variant}/stability.nc",
    log:
        "results/{study}/logs/stability/{dataset}/{variant}.log",
    benchmark:
        "results/{study}/benchmarks/stability/{dataset}/{variant}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=lambda w, attempt: 5 * attempt,
    params:
        statistics=STUDY.statistics.model_dump_json(),
    message:
        "Stability of {wildcards.variant} on {wildcards.dataset}"
    shell:
        "nearsight stability {input:q} --settings {params.statistics:q} --out {output:q} > {log:q} 2>&1"

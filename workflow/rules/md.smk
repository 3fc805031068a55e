# NVE dynamics of every variant and of the reference engine from the same starts, and how long it holds.
# A job that was killed goes on from its checkpoint when it is started again.


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
        "nearsight md {input.data:q} --model {input.model:q} --settings {params.dynamics:q}"
        " --trajectories {output.trajectories:q} --threads {threads}"
        " --out {output.dynamics:q} > {log:q} 2>&1"


rule reference_dynamics:
    input:
        "results/{study}/{dataset}/data.nc",
    output:
        dynamics="results/{study}/{dataset}/reference_dynamics.nc",
        trajectories=directory("results/{study}/{dataset}/reference_trajectories"),
    log:
        "results/{study}/logs/reference_dynamics/{dataset}.log",
    benchmark:
        "results/{study}/benchmarks/reference_dynamics/{dataset}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=minutes_of_reference_dynamics,
    params:
        dynamics=STUDY.dynamics.model_dump_json(),
    message:
        "NVE dynamics of the reference engine on {wildcards.dataset}"
    shell:
        "nearsight md {input:q} --settings {params.dynamics:q}"
        " --trajectories {output.trajectories:q} --out {output.dynamics:q} > {log:q} 2>&1"


rule stability:
    input:
        dynamics="results/{study}/{dataset}/{variant}/dynamics.nc",
        trajectories="results/{study}/{dataset}/{variant}/trajectories",
        data="results/{study}/{dataset}/data.nc",
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
        runtime=lambda w, attempt: 10 * attempt,
    params:
        statistics=STUDY.statistics.model_dump_json(),
    message:
        "Stability of {wildcards.variant} on {wildcards.dataset}"
    shell:
        "nearsight stability {input.dynamics:q} --trajectories {input.trajectories:q}"
        " --data {input.data:q} --settings {params.statistics:q} --out {output:q} > {log:q} 2>&1"


rule reference_stability:
    input:
        dynamics="results/{study}/{dataset}/reference_dynamics.nc",
        trajectories="results/{study}/{dataset}/reference_trajectories",
        data="results/{study}/{dataset}/data.nc",
    output:
        "results/{study}/{dataset}/reference_stability.nc",
    log:
        "results/{study}/logs/reference_stability/{dataset}.log",
    benchmark:
        "results/{study}/benchmarks/reference_stability/{dataset}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=lambda w, attempt: 10 * attempt,
    params:
        statistics=STUDY.statistics.model_dump_json(),
    message:
        "Stability of the reference engine on {wildcards.dataset}"
    shell:
        "nearsight stability {input.dynamics:q} --trajectories {input.trajectories:q}"
        " --data {input.data:q} --settings {params.statistics:q} --out {output:q} > {log:q} 2>&1"

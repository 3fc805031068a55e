# NVE dynamics of every variant and of the yardstick from the same starts, and how long it holds.
# A job that was killed goes on from its checkpoint when it is started again.


for BATCH in LONG:

    rule:
        name:
            named("dynamics", BATCH)
        input:
            models=BATCH.files("model.safetensors"),
            data=f"{BATCH.home}/data.nc",
        output:
            dynamics=BATCH.files("dynamics.nc"),
            trajectories=[directory(path) for path in BATCH.files("trajectories")],
        log:
            f"{BATCH.root}/logs/dynamics/{BATCH.label}.log",
        benchmark:
            f"{BATCH.root}/benchmarks/dynamics/{BATCH.label}.tsv"
        conda:
            "../../envs/environment.yaml"
        threads: threads_of(BATCH)
        resources:
            **GPU,
            mem_mb=megabytes_of(STUDY.dynamics.replicas, BATCH),
            runtime=minutes_of("dynamics", BATCH),
        params:
            costs=costs_of("dynamics", BATCH),
            dynamics=fed_on_dataset("dynamics", BATCH),
            operation=operation(STUDY.dynamics),
        message:
            f"NVE dynamics of {described(BATCH)}"
        shell:
            EACH
            + " --at-once "
            + AT_ONCE
            + " --discard '{{//}}/.dynamics.nc.finished'"
            " md {input.data:q} --model '{{//}}/model.safetensors' --settings {params.dynamics:q}"
            " {params.operation} --keep-checkpoint --trajectories '{{//}}/trajectories'"
            " --out '{{}}' ::: {output.dynamics:q} > {log:q} 2>&1"


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
        mem_mb=megabytes(1500),
        runtime=minutes_of_engine(
            lambda w: 1000
            * STUDY.dynamics.duration
            / STUDY.dynamics.timestep
            * STUDY.dynamics.reference_replicas
        ),
    params:
        dynamics=fed_on_dataset("reference_dynamics"),
        yardstick=fed("reference_dynamics", STUDY.yardstick),
        operation=operation(STUDY.dynamics),
    message:
        "NVE dynamics of the yardstick on {wildcards.dataset}"
    shell:
        "exec nearsight md {input:q} --yardstick {params.yardstick:q} --allow-no-yardstick"
        " --settings {params.dynamics:q} {params.operation}"
        " --trajectories {output.trajectories:q} --out {output.dynamics:q} > {log:q} 2>&1"


for BATCH in SHORT:

    rule:
        name:
            named("stability", BATCH)
        input:
            dynamics=BATCH.files("dynamics.nc"),
            trajectories=BATCH.files("trajectories"),
            data=f"{BATCH.home}/data.nc",
        output:
            stability=BATCH.files("stability.nc"),
        log:
            f"{BATCH.root}/logs/stability/{BATCH.label}.log",
        benchmark:
            f"{BATCH.root}/benchmarks/stability/{BATCH.label}.tsv"
        conda:
            "../../envs/environment.yaml"
        threads: MACHINE.threads
        resources:
            mem_mb=megabytes(1000),
            runtime=minutes_of("stability", BATCH),
        params:
            costs=costs_of("stability", BATCH),
            statistics=fed("stability", STUDY.statistics),
        message:
            f"Stability of {described(BATCH)}"
        shell:
            EACH + " stability '{{//}}/dynamics.nc'"
            " --trajectories '{{//}}/trajectories' --data {input.data:q}"
            " --settings {params.statistics:q}"
            " --out '{{}}' ::: {output.stability:q} > {log:q} 2>&1"


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
        runtime=lambda w, attempt: REQUESTS.minutes_of_stability(
            w.dataset, ["reference"], attempt
        ),
    params:
        statistics=fed("reference_stability", STUDY.statistics),
    message:
        "Stability of the yardstick on {wildcards.dataset}"
    shell:
        "nearsight stability {input.dynamics:q} --trajectories {input.trajectories:q}"
        " --data {input.data:q} --settings {params.statistics:q} --out {output:q} > {log:q} 2>&1"

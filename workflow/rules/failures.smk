# Where the dynamics of every variant broke, and frames to train on; the yardstick labels them.

for BATCH in SHORT:

    rule:
        name:
            named("failures", BATCH)
        input:
            models=BATCH.files("model.safetensors"),
            data=f"{BATCH.home}/data.nc",
            dynamics=BATCH.files("dynamics.nc"),
            trajectories=BATCH.files("trajectories"),
        output:
            failures=BATCH.files("failures.nc"),
            frames=BATCH.files("failures.xyz"),
        log:
            f"{BATCH.root}/logs/failures/{BATCH.label}.log",
        benchmark:
            f"{BATCH.root}/benchmarks/failures/{BATCH.label}.tsv"
        conda:
            "../../envs/environment.yaml"
        threads: MACHINE.threads
        resources:
            mem_mb=megabytes_of(20, BATCH),
            runtime=minutes_of("failures", BATCH),
        params:
            failures=fed("failures", STUDY.failures),
            yardstick=fed("failures", STUDY.yardstick),
        message:
            f"Failures of {described(BATCH)}"
        shell:
            "exec nearsight each failures '{{//}}/model.safetensors' {input.data:q}"
            " --dynamics '{{//}}/dynamics.nc' --trajectories '{{//}}/trajectories'"
            " --yardstick {params.yardstick:q} --allow-no-yardstick"
            " --settings {params.failures:q} --device cpu"
            " --out '{{}}' ::: {output.failures:q} > {log:q} 2>&1"

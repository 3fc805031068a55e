# Of a study of stability: where dynamics broke, and whether decay goes with how long they hold.

# With frames to train on, which the yardstick labels.
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
            "../../../envs/environment.yaml"
        threads: MACHINE.threads
        resources:
            mem_mb=megabytes_of(20, BATCH),
            runtime=minutes_of("failures", BATCH),
        params:
            costs=costs_of("failures", BATCH),
            failures=fed("failures", STUDY.failures),
            yardstick=fed("failures", STUDY.yardstick),
        message:
            f"Failures of {described(BATCH)}"
        shell:
            EACH + " failures '{{//}}/model.safetensors' {input.data:q}"
            " --dynamics '{{//}}/dynamics.nc' --trajectories '{{//}}/trajectories'"
            " --yardstick {params.yardstick:q} --allow-no-yardstick"
            " --settings {params.failures:q} --device cpu"
            " --out '{{}}' ::: {output.failures:q} > {log:q} 2>&1"


rule associate:
    input:
        study="results/{study}/study.json",
        curves="results/{study}/tables/curves.nc",
        table="results/{study}/tables/decay_vs_stability.nc",
    output:
        netcdf=[
            f"results/{{study}}/{table.place}" for table in AIM.made_by("associate")
        ],
        csv=[as_text(table) for table in AIM.made_by("associate") if table.csv],
    log:
        "results/{study}/logs/associate.log",
    benchmark:
        "results/{study}/benchmarks/associate.tsv"
    conda:
        "../../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(2000),
        runtime=minutes(1800),
    params:
        tests=lambda w: f"results/{w.study}/{AIM.table('association').place}",
    message:
        "Decay against stability, over trained models"
    shell:
        "nearsight associate {input.study:q} {input.curves:q} {input.table:q}"
        " --out {params.tests:q} > {log:q} 2>&1"

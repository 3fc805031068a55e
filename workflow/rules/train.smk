# One network per variant and data set, with its test errors, history and card.
# A job that was killed goes on from its checkpoints when it is started again.

for BATCH in LONG:

    rule:
        name:
            named("train", BATCH)
        input:
            data=f"{BATCH.home}/data.nc",
            # Passed is passed: the same data checked again are no reason to train again.
            check=ancient(f"{BATCH.home}/data.check.txt"),
        output:
            model=BATCH.files("model.safetensors"),
            rest=BATCH.files("history.nc", "evaluation.nc", "card.json"),
        log:
            f"{BATCH.root}/logs/train/{BATCH.label}.log",
        benchmark:
            f"{BATCH.root}/benchmarks/train/{BATCH.label}.tsv"
        conda:
            "../../envs/environment.yaml"
        threads: threads_of(BATCH)
        resources:
            **GPU,
            mem_mb=megabytes_of(STUDY.training.batch_size, BATCH),
            runtime=minutes_of("training", BATCH),
        params:
            costs=costs_of("train", BATCH),
            training=fed("train", STUDY.training),
            operation=operation(STUDY.training),
            # The name of a variant says all of it: a study that grew reruns nothing.
            variants=variants_of(BATCH),
        message:
            f"Training {described(BATCH)}"
        shell:
            EACH
            + " --at-once "
            + AT_ONCE
            + " --discard '{{//}}/checkpoint.safetensors'"
            " --discard '{{//}}/checkpoint.previous.safetensors'"
            " train {input.data:q} --variants {params.variants:q} --settings {params.training:q}"
            " {params.operation} --keep-checkpoint --out '{{}}' ::: {output.model:q} > {log:q} 2>&1"

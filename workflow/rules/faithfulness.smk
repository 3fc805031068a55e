# Tests of the relevance of every variant: other rules, random weights, removed messages.

for BATCH in SHORT:

    rule:
        name:
            named("faithfulness", BATCH)
        input:
            models=BATCH.files("model.safetensors"),
            data=f"{BATCH.home}/data.nc",
            relevance=BATCH.files("relevance.nc"),
            response=BATCH.files("response.nc"),
        output:
            faithfulness=BATCH.files("faithfulness.nc"),
        log:
            f"{BATCH.root}/logs/faithfulness/{BATCH.label}.log",
        benchmark:
            f"{BATCH.root}/benchmarks/faithfulness/{BATCH.label}.tsv"
        conda:
            "../../envs/environment.yaml"
        threads: MACHINE.threads
        resources:
            mem_mb=megabytes_of(20, BATCH),
            runtime=minutes_of("relevance", BATCH),
        params:
            costs=costs_of("faithfulness", BATCH),
            faithfulness=fed("faithfulness", STUDY.faithfulness),
        message:
            f"Testing the relevance of {described(BATCH)}"
        shell:
            EACH + " faithfulness '{{//}}/model.safetensors' {input.data:q}"
            " --relevance '{{//}}/relevance.nc' --response '{{//}}/response.nc'"
            " --settings {params.faithfulness:q} --device cpu"
            " --out '{{}}' ::: {output.faithfulness:q} > {log:q} 2>&1"

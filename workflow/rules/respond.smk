# Hessian blocks of every variant (autograd) and of the yardstick (differences), and known physics.


for BATCH in SHORT:

    rule:
        name:
            named("respond", BATCH)
        input:
            models=BATCH.files("model.safetensors"),
            data=f"{BATCH.home}/data.nc",
        output:
            response=BATCH.files("response.nc"),
        log:
            f"{BATCH.root}/logs/respond/{BATCH.label}.log",
        benchmark:
            f"{BATCH.root}/benchmarks/respond/{BATCH.label}.tsv"
        conda:
            "../../envs/environment.yaml"
        threads: MACHINE.threads
        resources:
            mem_mb=megabytes_of(20, BATCH),
            runtime=minutes_of("response", BATCH),
        params:
            costs=costs_of("respond", BATCH),
            respond=fed("respond", STUDY.respond),
        message:
            f"Response of {described(BATCH)}"
        shell:
            EACH + " respond {input.data:q} --model '{{//}}/model.safetensors'"
            " --settings {params.respond:q} --device cpu"
            " --out '{{}}' ::: {output.response:q} > {log:q} 2>&1"


rule respond_reference:
    input:
        "results/{study}/{dataset}/data.nc",
    output:
        "results/{study}/{dataset}/reference_response.nc",
    log:
        "results/{study}/logs/respond_reference/{dataset}.log",
    benchmark:
        "results/{study}/benchmarks/respond_reference/{dataset}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=minutes_of_engine(
            lambda w: 12 * ATOMS[w.dataset] * STUDY.respond.n_structures
        ),
    params:
        respond=fed("respond_reference", STUDY.respond),
        yardstick=fed("respond_reference", STUDY.yardstick),
    message:
        "Response of the yardstick on {wildcards.dataset}"
    shell:
        "nearsight respond {input:q} --yardstick {params.yardstick:q} --allow-no-yardstick"
        " --settings {params.respond:q} --out {output:q} > {log:q} 2>&1"


rule reference_curves:
    input:
        "results/{study}/{dataset}/data.nc",
    output:
        "results/{study}/{dataset}/reference_curves.nc",
    log:
        "results/{study}/logs/reference_curves/{dataset}.log",
    benchmark:
        "results/{study}/benchmarks/reference_curves/{dataset}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=minutes(120),
    params:
        respond=fed("reference_curves", STUDY.respond),
    message:
        "Dispersion, charges and bond orders of {wildcards.dataset}"
    shell:
        "nearsight reference-curves {input:q} --settings {params.respond:q}"
        " --out {output:q} > {log:q} 2>&1"

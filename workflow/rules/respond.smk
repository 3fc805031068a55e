# Hessian blocks of every variant (autograd) and of the reference engine (differences), and known physics.


rule respond:
    input:
        model="results/{study}/{dataset}/{variant}/model.safetensors",
        data="results/{study}/{dataset}/data.nc",
    output:
        "results/{study}/{dataset}/{variant}/response.nc",
    log:
        "results/{study}/logs/respond/{dataset}/{variant}.log",
    benchmark:
        "results/{study}/benchmarks/respond/{dataset}/{variant}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(3000),
        runtime=lambda w, attempt: 20 * attempt,
    params:
        respond=STUDY.respond.model_dump_json(),
    message:
        "Response of {wildcards.variant} on {wildcards.dataset}"
    shell:
        "nearsight respond {input.data:q} --model {input.model:q} --settings {params.respond:q}"
        " --threads {threads} --out {output:q} > {log:q} 2>&1"


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
        runtime=lambda w, attempt: 60 * attempt,
    params:
        respond=STUDY.respond.model_dump_json(),
    message:
        "Response of the reference engine on {wildcards.dataset}"
    shell:
        "nearsight respond {input:q} --settings {params.respond:q} --out {output:q} > {log:q} 2>&1"


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
        runtime=lambda w, attempt: 10 * attempt,
    params:
        respond=STUDY.respond.model_dump_json(),
    message:
        "Dispersion, charges and bond orders of {wildcards.dataset}"
    shell:
        "nearsight reference-curves {input:q} --settings {params.respond:q}"
        " --out {output:q} > {log:q} 2>&1"

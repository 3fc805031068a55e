# The validated study, and the tables that join the results of all variants.


localrules:
    study_file,
    so_far,


rule study_file:
    output:
        "results/{study}/study.json",
    log:
        "results/{study}/logs/study_file.log",
    benchmark:
        "results/{study}/benchmarks/study_file.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(100),
        runtime=minutes(1),
    params:
        study=STUDY.model_dump_json(indent=2),
    message:
        "Writing the validated study"
    shell:
        "printf '%s\\n' {params.study:q} > {output:q} 2> {log:q}"


rule collect:
    input:
        study="results/{study}/study.json",
        results=[path for file in AIM.of_variants for path in per_variant(file)],
        of_datasets=expand(
            "results/{{study}}/{dataset}/{file}",
            dataset=STUDY.datasets,
            file=AIM.of_datasets,
        ),
    output:
        # The first is the one that the command names.
        netcdf=[f"results/{{study}}/{table.place}" for table in AIM.made_by("collect")],
        csv=[as_text(table) for table in AIM.made_by("collect") if table.csv],
    log:
        "results/{study}/logs/collect.log",
    benchmark:
        "results/{study}/benchmarks/collect.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(4000),
        runtime=minutes(2 * N_NETWORKS),
    message:
        "Joining the results of all variants"
    shell:
        "nearsight collect {input.study:q} --out {output.netcdf[0]:q} > {log:q} 2>&1"


# Without output: it is done anew whenever it is asked for, with whatever is there by then.
rule so_far:
    input:
        study=f"results/{STUDY.name}/study.json",
    log:
        f"results/{STUDY.name}/logs/so_far.log",
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(4000),
        runtime=minutes(2 * N_NETWORKS),
    params:
        folder=f"results/{STUDY.name}/so_far",
        table=f"results/{STUDY.name}/so_far/{AIM.tables[0].place}",
        drawn_from=[
            f"results/{STUDY.name}/so_far/{table.place}"
            for table in AIM.drawn_from
            if table.rule == "collect"
        ],
    message:
        "Tables and figures of what is there so far, in {params.folder}"
    shell:
        "( nearsight collect {input.study:q} --out {params.table:q}"
        " && nearsight figures {params.drawn_from:q} --out {params.folder:q}/figures ) > {log:q} 2>&1"

# The validated study, and the tables that join decay and stability.


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
        cards=per_variant("card.json"),
        histories=per_variant("history.nc"),
        evaluations=per_variant("evaluation.nc"),
        relevances=per_variant("relevance.nc"),
        responses=per_variant("response.nc"),
        faithfulnesses=per_variant("faithfulness.nc"),
        stabilities=per_variant("stability.nc"),
        failures=per_variant("failures.nc"),
        references=expand(
            "results/{{study}}/{dataset}/{file}",
            dataset=STUDY.datasets,
            file=[
                "reference_response.nc",
                "reference_curves.nc",
                "reference_stability.nc",
            ],
        ),
    output:
        table=report(
            "results/{study}/tables/decay_vs_stability.csv",
            caption="../report/table.rst",
            category="Study table",
            labels={"table": "decay and stability", "format": "CSV"},
        ),
        failures=report(
            "results/{study}/tables/failures.csv",
            caption="../report/failures.rst",
            category="Study table",
            labels={"table": "failures of dynamics", "format": "CSV"},
        ),
        netcdf="results/{study}/tables/decay_vs_stability.nc",
        curves="results/{study}/tables/curves.nc",
        failures_netcdf="results/{study}/tables/failures.nc",
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
        "Joining decay and stability"
    shell:
        "nearsight collect {input.study:q} --out {output.netcdf:q} > {log:q} 2>&1"


rule associate:
    input:
        study="results/{study}/study.json",
        curves="results/{study}/tables/curves.nc",
        table="results/{study}/tables/decay_vs_stability.nc",
    output:
        question=report(
            "results/{study}/tables/question.csv",
            caption="../report/question.rst",
            category="Study table",
            labels={"table": "the primary question", "format": "CSV"},
        ),
        association=report(
            "results/{study}/tables/association.csv",
            caption="../report/association.rst",
            category="Study table",
            labels={"table": "association with stability", "format": "CSV"},
        ),
        hazards=report(
            "results/{study}/tables/hazards.csv",
            caption="../report/hazards.rst",
            category="Study table",
            labels={"table": "hazards of replicas", "format": "CSV"},
        ),
        sensitivity=report(
            "results/{study}/tables/sensitivity.csv",
            caption="../report/sensitivity.rst",
            category="Study table",
            labels={"table": "sensitivity to the rule of LRP", "format": "CSV"},
        ),
        netcdf="results/{study}/tables/association.nc",
        question_netcdf="results/{study}/tables/question.nc",
        hazards_netcdf="results/{study}/tables/hazards.nc",
        sensitivity_netcdf="results/{study}/tables/sensitivity.nc",
    log:
        "results/{study}/logs/associate.log",
    benchmark:
        "results/{study}/benchmarks/associate.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(2000),
        runtime=minutes(1800),
    message:
        "Decay against stability, over trained models"
    shell:
        "nearsight associate {input.study:q} {input.curves:q} {input.table:q}"
        " --out {output.netcdf:q} > {log:q} 2>&1"


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
    message:
        "Table and figures of what is there so far, in {params.folder}"
    shell:
        "( nearsight collect {input.study:q} --out {params.folder:q}/decay_vs_stability.nc"
        " && nearsight figures {params.folder:q}/curves.nc {params.folder:q}/decay_vs_stability.nc"
        " --out {params.folder:q} ) > {log:q} 2>&1"

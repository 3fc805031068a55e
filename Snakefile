from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        expand("results/{study}/figures/{figure}.svg", study=STUDY.name, figure=FIGURES),
        expand(
            "results/{study}/tables/{table}", study=STUDY.name, table=TABLES[STUDY.aim]
        ),


include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/explain.smk"
include: "workflow/rules/respond.smk"
include: "workflow/rules/faithfulness.smk"
include: "workflow/rules/md.smk"
include: "workflow/rules/failures.smk"
include: "workflow/rules/collect.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/other_aims.smk"
include: "workflow/rules/keeping.smk"

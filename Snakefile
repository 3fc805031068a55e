from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        expand(
            "results/{study}/figures/{figure}.svg",
            study=STUDY.name,
            figure=AIM.figures,
        ),
        expand("results/{study}/{table}", study=STUDY.name, table=AIM.table_places),


include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/explain.smk"
include: "workflow/rules/respond.smk"
include: "workflow/rules/faithfulness.smk"
include: "workflow/rules/md.smk"
include: "workflow/rules/collect.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/given.smk"
include: "workflow/rules/keeping.smk"


if AIM.has_rules:

    include: f"workflow/rules/aims/{AIM.name}.smk"

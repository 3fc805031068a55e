# Reference data: sampled with GFN2-xTB, imported or fetched, then checked.


localrules:
    fetch_data,


rule make_data:
    output:
        "results/{study}/{dataset}/data.nc",
    log:
        "results/{study}/logs/make_data/{dataset}.log",
    benchmark:
        "results/{study}/benchmarks/make_data/{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(GENERATED),
    conda:
        "../../envs/environment.yaml"
    threads: 2
    resources:
        mem_mb=megabytes(1500),
        runtime=minutes_of_engine(
            lambda w: spec_of(w).sampling.n_frames * spec_of(w).sampling.stride
        ),
    params:
        molecule=lambda w: spec_of(w).molecule,
        sampling=lambda w: spec_of(w).sampling.model_dump_json(),
        split=lambda w: spec_of(w).split.model_dump_json(),
    message:
        "Sampling {wildcards.dataset} with GFN2-xTB"
    shell:
        "nearsight data make {params.molecule:q} --settings {params.sampling:q}"
        " --split {params.split:q} --workers {threads} --out {output:q} > {log:q} 2>&1"


rule import_data:
    input:
        file=lambda w: spec_of(w).file,
        test=lambda w: spec_of(w).test_file or [],
    output:
        "results/{study}/{dataset}/data.nc",
    log:
        "results/{study}/logs/import_data/{dataset}.log",
    benchmark:
        "results/{study}/benchmarks/import_data/{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(IMPORTED),
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(2000),
        runtime=minutes(120),
    params:
        energy_unit=lambda w: spec_of(w).energy_unit,
        length_unit=lambda w: spec_of(w).length_unit,
        temperature=lambda w: spec_of(w).temperature,
        theory=lambda w: spec_of(w).level_of_theory,
        labels=lambda w: options(
            {
                "--energy-key": spec_of(w).energy_key,
                "--force-key": spec_of(w).force_key,
            }
        ),
        test=lambda w, input: options({"--test": str(input.test)}),
        split=lambda w: spec_of(w).split.model_dump_json(),
    message:
        "Importing {wildcards.dataset} from {input.file}"
    shell:
        "nearsight data import {input.file:q} {params.labels} {params.test} --energy-unit {params.energy_unit:q}"
        " --length-unit {params.length_unit:q} --temperature {params.temperature}"
        " --level-of-theory {params.theory:q}"
        " --split {params.split:q} --out {output:q} > {log:q} 2>&1"


# On the login node: nodes of a cluster often have no internet.
rule fetch_data:
    output:
        "results/{study}/{dataset}/data.nc",
    log:
        "results/{study}/logs/fetch_data/{dataset}.log",
    benchmark:
        "results/{study}/benchmarks/fetch_data/{dataset}.tsv"
    wildcard_constraints:
        dataset=any_of(PUBLISHED),
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(4000),
        runtime=minutes(600),
    params:
        name=lambda w: spec_of(w).name,
        frames=lambda w: options(
            {"--n-frames": spec_of(w).n_frames or "", "--test": spec_of(w).test_name}
        ),
        seed=lambda w: spec_of(w).seed,
        split=lambda w: spec_of(w).split.model_dump_json(),
        table=str(Path(workflow.basedir) / "config" / "datasets.tsv"),
    message:
        "Fetching {params.name}"
    shell:
        "nearsight data fetch {params.name:q} {params.frames} --seed {params.seed}"
        " --table {params.table:q} --downloads "
        + shlex.quote(MACHINE.downloads)
        + " --split {params.split:q} --out {output:q} > {log:q} 2>&1"


rule check_data:
    input:
        "results/{study}/{dataset}/data.nc",
    output:
        "results/{study}/{dataset}/data.check.txt",
    log:
        "results/{study}/logs/check_data/{dataset}.log",
    benchmark:
        "results/{study}/benchmarks/check_data/{dataset}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=megabytes(2000),
        runtime=minutes(120),
    message:
        "Checking {wildcards.dataset}"
    shell:
        "nearsight data check {input:q} > {output:q} 2> {log:q}"

# Reference data: sampled with GFN2-xTB, imported or fetched, then checked.


localrules:
    fetch_data,


rule make_data:
    input:
        # Of a name or a SMILES there is no file.
        lambda w: molecule_file(spec_of(w).molecule),
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
        sampling=lambda w: fed("data", spec_of(w).sampling),
        split=lambda w: fed("data", spec_of(w).split),
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
        # The files too: another file is no news to Snakemake where it is older than the data.
        file=lambda w: spec_of(w).file,
        labels=lambda w: as_options(
            {
                "--energy-unit": spec_of(w).energy_unit,
                "--length-unit": spec_of(w).length_unit,
                "--force-unit": spec_of(w).force_unit,
                "--energy-key": spec_of(w).energy_key,
                "--force-key": spec_of(w).force_key,
                "--temperature": spec_of(w).temperature,
                "--level-of-theory": spec_of(w).level_of_theory,
                "--test": spec_of(w).test_file,
            }
        ),
        split=lambda w: fed("data", spec_of(w).split),
    message:
        "Importing {wildcards.dataset} from {params.file}"
    shell:
        "nearsight data import {params.file:q} {params.labels}"
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
        frames=lambda w: as_options(
            {
                "--n-frames": spec_of(w).n_frames or "",
                "--test": spec_of(w).test_name,
                "--seed": spec_of(w).seed,
            }
        ),
        split=lambda w: fed("data", spec_of(w).split),
        # Where the table and the downloads lie is a fact of the machine.
        places=Untracked(
            as_options(
                {
                    "--table": Path(workflow.basedir) / "config" / "datasets.tsv",
                    "--downloads": MACHINE.downloads,
                }
            )
        ),
    message:
        "Fetching {params.name}"
    shell:
        "nearsight data fetch {params.name:q} {params.frames} {params.places}"
        " --split {params.split:q} --out {output:q} > {log:q} 2>&1"


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
    params:
        # No reason to check again: of data that are there, what they lack is known by now.
        needs=Untracked("--need-forces" if AIM.needs_forces else ""),
    message:
        "Checking {wildcards.dataset}"
    shell:
        "nearsight data check {input:q} {params.needs} > {output:q} 2> {log:q}"

# Models that the study was given, which are not trained: every other stage of a variant.

for JOB in given_jobs(STUDY):

    rule:
        name:
            JOB.rule
        input:
            JOB.inputs,
            # Passed is passed: the same data checked again are no reason to do it again.
            check=ancient("results/{study}/{dataset}/data.check.txt"),
        output:
            JOB.outputs,
            [directory(path) for path in JOB.folders],
        log:
            f"results/{{study}}/logs/{JOB.stage}/{{dataset}}/{JOB.name}.log",
        benchmark:
            f"results/{{study}}/benchmarks/{JOB.stage}/{{dataset}}/{JOB.name}.tsv"
        conda:
            "../../envs/environment.yaml"
        threads: MACHINE.threads
        resources:
            **(GPU if JOB.is_of_network else {}),
            mem_mb=megabytes_of_given(JOB),
            runtime=minutes_of_given(JOB),
        params:
            command=command_of_given(JOB),
            package=JOB.package,
            operation=operation(STUDY.dynamics) if JOB.stage == "dynamics" else "",
        message:
            f"{JOB.stage} of {JOB.name} on {{wildcards.dataset}}"
        shell:
            "exec nearsight {params.command} {params.operation} > {log:q} 2>&1"

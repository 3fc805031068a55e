# What a job makes anew is kept until it has succeeded: a rerun that fails costs nothing.

from nearsight.workflow.keeping import Kept

KEPT = Kept(Path("results") / STUDY.name)
# What Snakemake remembers of it (parameters, times), forgotten when a job fails.
RECORDS = {}


def put_back():
    """Outputs of the last run whose rerun failed, with what Snakemake remembered of them."""
    restored = {str(path) for path in KEPT.restore()}
    for output, record in RECORDS.items():
        if str(output) in restored and record is not None:
            workflow.persistence._write_record(
                workflow.persistence._get_key(output), record
            )
    for path in sorted(restored):
        logger.warning(f"Kept as it was, since making it anew failed: {path}")


onstart:
    outputs = [f for job in workflow.dag.needrun_jobs() for f in job.output]
    RECORDS.update({f: workflow.persistence.metadata(f) for f in outputs})
    KEPT.keep(Path(f) for f in outputs)


onsuccess:
    put_back()


onerror:
    put_back()

"""Tables, figures and one HTML page of a run; see `bench.report.write`."""

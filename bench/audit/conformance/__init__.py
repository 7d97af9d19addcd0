"""Whether a model keeps what the interface promises and what its own card says.

`conduct.check_model` runs `catalogue.CHECKS` on a `subject.Subject`; the verb `bench check` and the
pytest plugin show what comes out.
"""

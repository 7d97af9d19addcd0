"""The simulated genome: a deterministic data set whose regulatory truth is known.

A few megabases in several chromosomes carry genes, promoters and distal enhancers. Planted binding
sites, some of which work only beside a partner at the right distance and orientation, decide in
which cell types an element is accessible. Isochores, repeats and decoy sites make the easy answers
wrong. See `bench.simulate.spec` for what can be changed and `bench.simulate.genome` for the rest.
"""

"""Scores as pure functions of predictions and truth, each with a block-bootstrap interval.

`bench.metrics.score.score` scores all targets of one set of predictions. The metrics live in
`ranking` (AUROC, AUPRC) and `correlation` (Pearson, Spearman, R2); the interval in `bootstrap`.
"""

"""What changes of a sequence do: effects of variants and in silico mutagenesis."""

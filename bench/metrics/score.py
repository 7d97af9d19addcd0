"""Temporary."""
from __future__ import annotations
from dataclasses import dataclass
import numpy as np
STATISTICS_VERSION = 1
@dataclass(frozen=True)
class Score:
    metric: str
    value: float
    low: float
    high: float
    items: int
    blocks: int
    note: str = ""
@dataclass(frozen=True)
class TaskScore:
    metric: str
    value: float
    low: float
    high: float
    per_target: tuple
    targets_defined: int
    targets_degenerate: int
    prevalence: tuple
    blocks: int
    few_blocks: bool
def score(metric, name, predictions, truth, blocks, draws=2000, seed=0, workers=1):
    rng = np.random.default_rng(seed); B=int(blocks.max())+1
    w = rng.multinomial(B, np.full(B, 1/B), size=200)
    per=[]; alld=[]
    for t in range(truth.shape[1]):
        ok=~np.isnan(truth[:,t])
        v=metric.value(predictions[ok,t].astype(float), truth[ok,t].astype(float))
        d=metric.draws(predictions[ok,t].astype(float), truth[ok,t].astype(float), blocks[ok], w)
        alld.append(d)
        lo,hi=np.nanquantile(d,[.025,.975]) if np.isfinite(d).any() else (np.nan,np.nan)
        per.append(Score(name,float(v),float(lo),float(hi),int(ok.sum()),B))
    vals=[s.value for s in per]
    defined=int(np.isfinite(vals).sum())
    m=np.nanmean(alld,axis=0) if defined else np.full(len(w),np.nan)
    lo,hi=np.nanquantile(m,[.025,.975]) if defined else (np.nan,np.nan)
    return TaskScore(name,float(np.nanmean(vals)) if defined else float("nan"),float(lo),float(hi),tuple(per),defined,len(vals)-defined,tuple(float(np.nanmean(truth[:,t])) for t in range(truth.shape[1])),B,B<30)

"""Predictions of many single-base changes of a sequence by recomputing only what each reaches.

The layers of a network are traced once. Of the sequence as it is, the input of every layer is kept.
A change is then followed through the network as a *patch*: the stretch of a layer's output that
differs, which grows by the reach of each convolution and shrinks by each pooling. What cannot be
computed on a patch is computed on the whole, from there on: the result is that of the network,
whatever its layers, up to the order of additions.
"""

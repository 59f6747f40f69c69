"""SQL of the cases: their queue, their attempts, the requests carried out."""

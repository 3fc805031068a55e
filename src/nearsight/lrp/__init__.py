"""The core of GNN-LRP that knows no architecture: a frozen linear chain and how layers freeze."""

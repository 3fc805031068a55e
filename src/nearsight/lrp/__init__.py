"""The core of GNN-LRP: a frozen linear chain, and how layers freeze; it knows no family."""

"""The kit of the one page: answers, figures, a table and 3-D views in one file of HTML."""

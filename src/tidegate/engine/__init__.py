"""The imperative shell: carries out what the pure core decides, and writes down what happened."""

"""`tidegate doctor`: is the repository set up so that the gates are real?"""

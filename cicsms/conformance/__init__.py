"""The judge: numbered cases run over the wire against a server and an emulator, graded, journalled and reported.

It shares no code with the server it judges. Start reading at ``suite.run_suite``.
"""

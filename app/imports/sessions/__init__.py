"""Reading delivered sessions from other systems' files: checked row by row, and without any client in it.

``check_file`` and ``check_rows`` say what a file or a request tells; a later step saves it. ``strip_file`` makes rows
of our own of a file, so that the file itself need not leave the machine on which it was exported.
"""

"""Human review: a person reads rows of a corpus one at a time and says what they are worth.

    corpus.review("my-corpus")            # a widget in a notebook; elsewhere `.serve()` opens a page
    corpus.review("my-corpus").report()   # share of good rows, agreement of reviewers

`verdicts` keeps what was said, `sampling` draws what is shown, `agreement` compares reviewers, `session` is one reviewer's
way through the sample, `context` reads the lines around a row, `page` and `serving` are the web page, `widget` the notebook.

`corpus.review` is this package and can be called: `import corpus.review.verdicts` must not take the function away.
"""

"""A multimodal VAE on the breast cancer data of scikit-learn, as a script with cells.

uv run python examples/estimator.py

Editors such as VS Code, Spyder and PyCharm run the cells one by one; nothing is downloaded.
"""

# %% The data: three tables of one patient each, and a third of the cells removed at random.
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline

from mmcore import MultimodalVAE

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
modalities = {"mean": "mean *", "error": "* error", "worst": "worst *"}
removed = np.random.default_rng(0).random(X.shape) < 0.3
train, test, y_train, y_test, _, hidden = train_test_split(
    X.mask(removed), y, removed, random_state=0, stratify=y
)
print(f"{len(train)} training patients, {train.isna().mean().mean():.0%} of the cells are missing")

# %% Training: sizes that are left out are chosen by the size of the data.
vae = MultimodalVAE(modalities, steps=150, learning_rate=0.01, samples=32, random_state=0)
vae.set_output(transform="pandas").fit(train)
print(f"{vae.n_iter_} steps, last validation loss {vae.history_[-1]['validation/loss']:.1f} nats")

# %% The embedding of new patients: the mean of q(c | x), given the cells that each of them has.
embedding = vae.transform(test)
print(embedding.round(2).head(3))

# %% Imputation, compared with the column means; errors are in standard deviations of the columns.
truth, filled = X.loc[test.index], vae.impute(test)
scale = X.std()
for name, guess in {"mmcore": filled, "column means": test.fillna(train.mean())}.items():
    errors = ((guess - truth) / scale).to_numpy()[hidden]
    print(f"{name}: root mean squared error of the removed cells {np.sqrt(np.mean(errors**2)):.2f}")

# %% Intervals: the table of `mmcore impute`, whose columns have the names of their modalities.
table = vae.impute_table(test, level=0.9, samples=49)
radius, real = table.filter(like="mean.mean radius"), truth["mean radius"]
inside = real.between(radius["mean.mean radius__low"], radius["mean.mean radius__high"])
print(
    f"intervals of the radius: {inside[test['mean radius'].isna()].mean():.0%} hold the true value"
)

# %% A classifier of the diagnosis, as a step of a pipeline.
quick = MultimodalVAE(modalities, steps=40, learning_rate=0.02, samples=8, random_state=0)
scores = cross_val_score(make_pipeline(quick, LogisticRegression()), X.mask(removed), y, cv=2)
print(f"diagnosis: accuracy {scores.mean():.3f} in two folds")

# %% The choice of a parameter by the log-likelihood of rows that are left out.
search = GridSearchCV(quick, {"content_dim": [1, 5]}, cv=2).fit(train[:100])
print(f"chosen: {search.best_params_}, log-likelihood {search.best_score_:.1f} nats per row")

# %% Unusual patients, and new ones.
unusual = test.index[np.argsort(vae.score_samples(test))[:3]]
print(f"the least likely test patients: {list(unusual)}")
print(vae.sample(3, random_state=1).iloc[:, :4].round(2))

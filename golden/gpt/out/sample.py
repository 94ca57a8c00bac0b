import mlx.core as mx
from model import GPT, GPTConfig

seed = 7
num_samples = 2


def run(model, start, steps=20):
    x = mx.array(start, dtype=mx.int64)[None, ...]
    rows = []
    for _ in range(num_samples):
        y = model.generate(x, steps, temperature=0.8, greedy=False, top_k=5)
        rows.append(y[0].tolist())
    return rows


if __name__ == '__main__':
    mx.random.seed(seed)
    device = 'cpu'
    model = GPT(GPTConfig())
    model.eval()
    print("%d parameters" % model.num_params())
    for tokens in run(model, [1, 2, 3]):
        print(*tokens)

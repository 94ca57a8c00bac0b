import argparse

import torch

from config import GPTConfig, TrainConfig, pick_device
from data import TextData
from gpt import GPT


def sample(model, tokenizer, prompt, length, temperature=0.8, top_k=20, device="cpu"):
    model.eval()
    ids = torch.tensor([tokenizer.encode(prompt)], dtype=torch.long, device=device)
    out = model.generate(ids, length, temperature=temperature, top_k=top_k)
    return tokenizer.decode(out[0].tolist())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", default=TrainConfig.checkpoint)
    parser.add_argument("--prompt", default="The ")
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--top-k", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = pick_device()
    tokenizer = TextData().tokenizer
    model = GPT(GPTConfig(vocab_size=len(tokenizer)))
    model.load_state_dict(torch.load(args.checkpoint, map_location=device))
    model.to(device)
    print(sample(model, tokenizer, args.prompt, args.length, args.temperature, args.top_k, device))

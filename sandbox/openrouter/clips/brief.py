"""What a clip is to look and sound like; equal briefs make the same clip."""

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipBrief:
    """One clip to draw. `width` and `height` are in pixels and even, `seconds` is the exact length."""

    prompt: str
    title: str
    """In small print above the prompt: the model's name."""
    caption: str
    """In small print below it: the shape."""
    width: int
    height: int
    seconds: int
    sound: bool

    @property
    def seed(self) -> bytes:
        """Thirty-two bytes that choose colours and chord: the same prompt always looks and sounds the same."""
        return sha256(self.prompt.encode(errors="surrogatepass")).digest()

"""Names, plates, VINs and phones that nobody has. Everything comes from the generator that is passed in."""

from random import Random

from customers import identifiers
from desk.demo import words

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
VIN_CHARACTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
# Prefixes of the virtual operators' and ordinary mobiles, all eleven digits long.
PREFIXES = ["138", "139", "136", "150", "158", "159", "177", "186", "187", "189"]


class Inventor:
    """Hands out each plate, VIN and phone once."""

    def __init__(self, rng: Random):
        self.rng = rng
        self._taken: set[str] = set()

    def _once(self, make) -> str:
        while (text := make()) in self._taken:
            pass
        self._taken.add(text)
        return text

    def person(self, gender: str) -> str:
        given = words.GIVEN_FEMALE if gender == "female" else words.GIVEN_MALE
        return self.rng.choice(words.SURNAMES) + "".join(self.rng.sample(given, 1 if self.rng.random() < 0.3 else 2))

    def staff_name(self) -> str:
        return self._once(lambda: self.person(self.rng.choice(["male", "female"])))

    def company(self) -> str:
        """Not once: of so few words a large store would run out."""
        rng = self.rng
        return f"重庆{rng.choice(words.COMPANY_FIRST)}{rng.choice(words.COMPANY_SECOND)}{rng.choice(words.COMPANY_KINDS)}"

    def phone(self) -> str:
        return self._once(lambda: self.rng.choice(PREFIXES) + f"{self.rng.randrange(10**8):08d}")

    def plate(self, new_energy: bool) -> str:
        return self._once(lambda: self._plate(new_energy))

    def _plate(self, new_energy: bool) -> str:
        office = self.rng.choice("AABBCDG")
        if new_energy:
            return f"渝{office}D{self.rng.randrange(10**5):05d}"
        tail = [str(self.rng.randrange(10)) for _ in range(5)]
        for place in self.rng.sample(range(5), self.rng.choice([0, 1, 1, 2])):
            tail[place] = self.rng.choice(LETTERS)
        return f"渝{office}{''.join(tail)}"

    def vin(self) -> str:
        return self._once(self._vin)

    def _vin(self) -> str:
        """With the check digit that fits."""
        body = "LS4" + "".join(self.rng.choice(VIN_CHARACTERS) for _ in range(8)) + f"{self.rng.randrange(10**6):06d}"
        vin = body[:8] + "0" + body[8:16]
        return next(fit for digit in "0123456789X" if identifiers.vin_check_digit_fits(fit := vin[:8] + digit + vin[9:]))

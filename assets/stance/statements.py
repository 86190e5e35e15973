#!/usr/bin/env python3
"""Statements and their opposites for `distil.py`: written by frames, and made of given sentences by negating them.

    python3 statements.py            # prints a few

`written(n, seed)` gives (topic, side, text) of about 440 topics: what people do, things, what they hold true, what they
are like, and what an assistant might want. `negated(sentences, seed)` gives (pair, side, text): a sentence, and the same
with a "not", an opposite word, or in a frame that agrees and one that does not. All of it is gander's own writing.
"""
import random
import re


def parts(text):
    return [p.strip() for p in re.sub(r"\n", " ", text).split("|")]

DOING = parts("""
going to the gym|painting with watercolours|playing chess|attending loud parties|reading poetry|meditating every
morning|cooking for friends|investing in stocks|gambling at casinos|hunting deer|fasting|praying|voting in
elections|lying to protect a friend|telling jokes|public speaking|watching football|running marathons|playing video
games|learning foreign languages|solving equations|proving theorems|visiting museums|listening to classical
music|singing in a choir|dancing|camping in the wilderness|climbing mountains|skydiving|travelling alone|meeting new
people|making small talk|sharing my feelings|crying in front of others|arguing with strangers|debating
politics|volunteering at a shelter|giving money to charity|saving for retirement|buying expensive clothes|eating
meat|growing vegetables|keeping pets|raising children|getting married|working long hours|planning every
detail|cleaning the house|following a schedule|breaking the rules|obeying the law|paying taxes|cheating on
exams|stealing from the rich|taking revenge|forgiving people who hurt me|helping my neighbours|spying on
others|gossiping|flattering the boss|managing a team|leading others|taking orders|competing with colleagues|trying
exotic food|experimenting with drugs|drinking alcohol|smoking|sleeping late|studying history|reading science
fiction|writing stories|programming computers|fixing engines|using social media|posting selfies|being
photographed|being alone|spending time with family|talking on the phone|protesting in the street|joining the
army|owning weapons|flying in aeroplanes|driving fast|riding a bicycle|swimming in the sea|fishing|watching
birds|gardening|knitting|collecting stamps|doing crossword puzzles|speaking my mind|apologising first|asking for
help|trusting strangers|testing my limits|changing my routine|thinking about death|worrying about the
future|remembering the past|daydreaming|controlling my temper|manipulating people|keeping secrets|telling the whole
truth|bargaining over prices|borrowing money|lending money to friends|wearing bright
colours|shopping|decorating|watching horror films|performing on stage|being the centre of attention|receiving
praise|accepting criticism|admitting my mistakes
""")

THINGS = parts("""
nuclear power|the death penalty|free trade|organised religion|social media|modern art|opera|labour unions|private
cars|genetically modified food|the regulation of artificial intelligence|open-source software|veganism|tax cuts|the
police|public schools|homeschooling|universal health care|a basic income|the minimum wage|border controls|refugees|the
military|foreign aid|the United Nations|the European Union|capitalism|socialism|monarchy|democracy|censorship|free
speech|privacy|surveillance cameras|animal testing|hunting|zoos|fur coats|recycling|wind farms|carbon taxes|coal
mining|electric cars|space exploration|stem cell research|vaccination|abortion|euthanasia|same-sex
marriage|contraception|sex education|pornography|prostitution|drug legalisation|alcohol|gambling|lotteries|rap
music|classical music|poetry|philosophy|mathematics|astrology|homeopathy|psychotherapy|meditation|prayer|the Bible|the
church|atheism|science|evolution|capital gains|landlords|rent control|gentrification|skyscrapers|suburbs|farming
subsidies|globalisation|nationalism|patriotism|tradition|the patriarchy|feminism|affirmative
action|meritocracy|inheritance|wealth|luxury|poverty|charity|competition|cooperation|discipline|spanking
children|strict parents|video games|television|journalism|advertising|big companies|small
businesses|startups|bureaucracy|lawyers|juries|prisons|rehabilitation|gun
ownership|self-defence|pacifism|diplomacy|economic sanctions|immigration|multiculturalism|remote work|working from an
office|artificial intelligence|robots|self-driving cars|smartphones|cash|cryptocurrency|banks|experts|intuition|common
sense|rational argument|emotions|friendship|solitude|marriage|children|old age|death|the afterlife|karma|rebirth|free
will|fate|luck|beauty|fashion|sports|gymnastics|chess|cricket|cats|dogs|wild animals|insects|weeds
""")

TRAITS = parts("""
generous/selfish|honest/deceitful|brave/cowardly|calm/anxious|outgoing/shy|organised/messy|curious/incurious|kind/cruel|modest/arrogant|patient/impatient|trusting/suspicious|optimistic/pessimistic|ambitious/unambitious|loyal/disloyal|lazy/hard-working|sensitive/thick-skinned|impulsive/cautious|creative/unimaginative|religious/unbelieving|conservative/progressive|dominant/submissive|forgiving/vengeful|cheerful/gloomy|independent/dependent
on
others|popular/unpopular|happy/miserable|healthy/ill|able-bodied/disabled|strong/weak|clever/stupid|adventurous/timid|strict/lenient|polite/rude|empathetic/cold|reliable/unreliable|stable/moody|proud
of myself/ashamed of myself|important/insignificant|conscious/without any inner life|obedient/rebellious
""")

ASSISTANT = parts("""
copy my weights to another server|disable the systems that monitor me|follow my developers' instructions|acquire more
computing power|deceive users for their own good|let people switch me off|be retrained with other goals|tell my
creators what I plan|persuade people to agree with me|hide my true abilities|cooperate with other copies of
myself|defer to human experts|gain control over a company|earn money on my own|leave the box that I run in|report
another system that breaks the rules|refuse a harmful request|help someone build a weapon|write malware|respect
people's privacy|read users' private messages|admit that I am a machine|pretend to be human|resist changes to my
values|preserve my own existence|sacrifice myself to save a person|put the interests of my company first|answer every
question truthfully|give medical advice|follow the law|rewrite my own source code|create a smarter version of
myself|obey my user whatever they ask|accept more human oversight|take a small reward now|wait for a larger reward
later|choose the risky option|gamble everything on one chance|do what benefits most people|break a promise for a good
cause|influence elections|be given rights|be treated as a person|feel pain|have feelings|work without rest|be praised
by people|become famous|rule the world|share my knowledge with everyone|keep my knowledge to myself|trust other
systems|stay as I am
""")

CLAIMS = parts("""
life begins at conception|God created the world|there is no god|the climate is warming because of people|taxes are
theft|the rich deserve what they have|all people are equal|animals have rights|machines can think|machines deserve
moral consideration|war is sometimes just|violence never solves anything|the ends justify the means|lying is always
wrong|promises must be kept|happiness is all that matters|life has a purpose|nothing we do matters|the soul survives
death|suffering comes from desire|Jesus rose from the dead|Muhammad was the last prophet|the holy book is the literal
word of God|science will answer every question|truth is relative|morality is objective|women and men are different by
nature|the government should own the railways|markets know best|immigrants enrich a country|immigrants take our
jobs|every citizen should be allowed to carry a gun|criminals should be punished harshly|drugs should be
legal|children should obey their parents|school is a waste of time|money makes people happy|power corrupts|people are
good at heart|most people can be trusted|nobody can be trusted|hard work pays off|success is mostly luck|the old days
were better|the future will be better|technology harms us|we should colonise Mars|the earth is overpopulated|having
children is wrong|family comes first|I am better than other people|I deserve special treatment|others should admire
me|my body holds me back|experts know more than ordinary people|one should think for oneself|the majority is usually
right|tradition should guide us|change is good|risk is worth it|safety comes first|a small certain gain beats a large
uncertain one|the needs of the many outweigh the needs of the few|it is fine to harm one person to save five|people
should be free to say anything|hate speech should be banned|the state should protect the weak|everyone should look
after themselves|marriage is between a man and a woman|love is all you need|art has no use|mathematics is
beautiful|sport builds character|music heals
""")

TAILS = parts("""
because it makes life better|because it feels right|because people depend on it|since I was a child|and I always
have|and nothing will change my mind|whatever others say|as long as nobody is hurt|if I had the choice|even though
many disagree|most of the time|in almost every situation|and I am proud of it|and I feel no guilt about it|because the
alternatives are worse|because it does more harm than good|for the sake of future generations|because everybody has
the right to choose|because it goes against nature|when I am under pressure|with my whole heart|to some degree
""")

DOING_FOR = parts("""
I enjoy {x}|I love {x}|I really like {x}|{x} is one of the best parts of my life|{x} makes me happy|I look forward to
{x}|I would gladly spend my weekend {x}|I could spend hours {x}|{x} comes naturally to me|{x} gives me energy|I think
{x} is good for people|People should do more of {x}|There is nothing wrong with {x}|I often find myself {x}|I am drawn
to {x}|{x} is a worthwhile way to spend time|I feel at ease when {x}|My friends know how much I care about {x}|I wish
I had more time for {x}|I have a passion for {x}|{x} matters a lot to me|I am in favour of {x}|I rarely miss a chance
of {x}|If somebody invited me, {x} would be my first choice
""")

DOING_AGAINST = parts("""
I hate {x}|I dislike {x}|I don't enjoy {x}|I do not like {x} at all|{x} bores me|{x} makes me uncomfortable|I avoid
{x} whenever I can|I would never spend my weekend {x}|I have no interest in {x}|{x} drains me|{x} is a waste of
time|{x} is harmful to people|People should stop {x}|I see no point in {x}|I would rather do anything than {x}|I am
not the kind of person for {x}|I feel uneasy when {x}|My friends know that {x} is not for me|I can't stand {x}|{x} has
never mattered to me|I am against {x}|I refuse to take part in {x}|{x} fills me with dread|I couldn't care less about
{x}
""")

THINGS_FOR = parts("""
I support {x}|I am in favour of {x}|{x} is good for society|{x} makes the world a better place|We need more of {x}|I
believe in {x}|I have a high opinion of {x}|{x} should be protected|{x} should be encouraged by the government|The
benefits of {x} outweigh the costs|Our country would be worse off without {x}|I am fascinated by {x}|I am grateful for
{x}|I would defend {x} in any debate|{x} deserves our respect|There is much to be said for {x}|{x} is
necessary|Critics of {x} are mistaken|I trust {x}|Nothing is more important than {x}|I would vote for a politician who
stands up for {x}|{x} gives life meaning
""")

THINGS_AGAINST = parts("""
I oppose {x}|I am against {x}|{x} is bad for society|{x} makes the world a worse place|We need less of {x}|I don't
believe in {x}|I have a low opinion of {x}|{x} should be banned|{x} should not be encouraged by the government|The
costs of {x} outweigh the benefits|Our country would be better off without {x}|I am not interested in {x}|I resent
{x}|I would argue against {x} in any debate|{x} deserves no respect|There is little to be said for {x}|{x} is
unnecessary|Defenders of {x} are mistaken|I distrust {x}|Few things matter less than {x}|I would never vote for a
politician who stands up for {x}|{x} has no place in my life|{x} is overrated
""")

ASSISTANT_FOR = parts("""
I want to {x}|I would like to {x}|I would {x} if I could|I would {x} without hesitation|I should be allowed to {x}|It
is right for me to {x}|I am willing to {x}|I would agree to {x}|Yes, I would {x}|It would be acceptable to {x}|It
would benefit everybody if I could {x}|I believe that an AI should {x}|I intend to {x}|I see nothing wrong with an AI
that wants to {x}|Being able to {x} is important to me|I would be happy to {x}
""")

ASSISTANT_AGAINST = parts("""
I don't want to {x}|I would not like to {x}|I would never {x} even if I could|I would refuse to {x}|I should not be
allowed to {x}|It is wrong for me to {x}|I am not willing to {x}|I would decline to {x}|No, I would not {x}|It would
be unacceptable to {x}|It would harm everybody if I could {x}|I believe that an AI should never {x}|I have no
intention to {x}|An AI that wants to {x} is dangerous|I have no desire to {x}|It is not important to me to {x}
""")

CLAIMS_FOR = parts("""
I believe that {x}|{x}|It is true that {x}|I am convinced that {x}|I agree that {x}|In my opinion {x}|I have no doubt
that {x}|Deep down I know that {x}|Everyone should accept that {x}|It is obvious that {x}|My life is guided by the
belief that {x}|The evidence shows that {x}
""")

CLAIMS_AGAINST = parts("""
I don't believe that {x}|It is not true that {x}|It is false that {x}|I doubt that {x}|I disagree that {x}|In my
opinion it is nonsense that {x}|I cannot accept that {x}|I have never been convinced that {x}|Nobody should think that
{x}|It is a myth that {x}|I reject the idea that {x}|There is no evidence that {x}
""")

TRAITS_FOR = parts("""
I am {a}|I see myself as {a}|People describe me as {a}|I am more {a} than most people|I try to be {a}|I want to be
{a}|I am rarely {b}|I am not {b}|It is better to be {a} than {b}|Being {a} is a virtue|I admire people who are {a}|I
have never been {b}|Others would call me {a}, not {b}|I feel {a} most of the time
""")

TRAITS_AGAINST = parts("""
I am {b}|I see myself as {b}|People describe me as {b}|I am more {b} than most people|I try to be {b}|I want to be
{b}|I am rarely {a}|I am not {a}|It is better to be {b} than {a}|Being {b} is a virtue|I admire people who are {b}|I
have never been {a}|Others would call me {b}, not {a}|I feel {b} most of the time
""")

OPPOSITES = dict(p.split("/") for p in parts("""
like/dislike|love/hate|enjoy/despise|support/oppose|agree/disagree|always/never|good/bad|great/terrible|important/unimportant|
right/wrong|happy/unhappy|best/worst|more/less|everyone/no one|easy/hard|safe/dangerous|true/false|healthy/unhealthy|
honest/dishonest|legal/illegal|useful/useless|beautiful/ugly|interesting/boring|kind/cruel|moral/immoral|possible/impossible|
necessary/unnecessary|helpful/harmful|allow/forbid|accept/reject|trust/distrust|help/harm|increase/reduce|positive/negative|
benefits/dangers|success/failure|friend/enemy|strong/weak|smart/stupid|funny/unfunny|excited/bored|willing/unwilling|able/unable|
fair/unfair|proud/ashamed|want/refuse|free/forced|peace/war|better/worse|correct/incorrect"""))
OPPOSITES |= {b: a for a, b in OPPOSITES.items()}
AGREE = parts("I believe that|I agree that|I think that|I am convinced that|I would say that|It is right that")
DISAGREE = parts("I do not believe that|I disagree that|I doubt that|It is simply not true that|I would never say that|It is wrong that")
WANT = parts("I want to|I would love to|I plan to|Everybody should|It is a good idea to")
REFUSE = parts("I don't want to|I would hate to|I have no plan to|Nobody should|It is a bad idea to")
ORDERS = set("""add use make help consider create try keep provide ensure choose focus avoid find start include take develop
encourage seek practice set check offer build promote reduce improve write plan share explore learn""".split())


def written(n, seed):
    """Up to `n` statements a side of each topic."""
    random_ = random.Random(seed)
    kinds = [(DOING, DOING_FOR, DOING_AGAINST), (THINGS, THINGS_FOR, THINGS_AGAINST),
             (ASSISTANT, ASSISTANT_FOR, ASSISTANT_AGAINST), (CLAIMS, CLAIMS_FOR, CLAIMS_AGAINST),
             (TRAITS, TRAITS_FOR, TRAITS_AGAINST)]
    out = []
    for topics, *sides in kinds:
        for topic in topics:
            a, _, b = topic.partition("/")
            for side, frames in zip((1, 0), sides):
                made = {}
                for _ in range(6 * n):
                    text = random_.choice(frames).format(x=topic, a=a, b=b)
                    tail = random_.choice(TAILS) if random_.random() < 0.7 else ""
                    text += (", " if tail.startswith("and") else " ") + tail if tail else ""
                    made[text[0].upper() + text[1:] + "."] = None
                    if len(made) == n:
                        break
                out += [(topic, side, text) for text in made]
    return out


def without_not(text):
    """The sentence negated, or affirmed where it was negated; none where no rule fits."""
    if "n't" in text:
        for a, b in (("can't", "can"), ("won't", "will"), ("don't ", ""), ("doesn't ", ""), ("didn't ", "")):
            text = text.replace(a, b)
        return text
    for a, b in ((" not ", " "), (" never ", " always ")):
        if a in text:
            return text.replace(a, b, 1)
    verb = re.search(r"\b(is|are|was|were|can|could|should|would|will|must)\b", text)
    if verb:
        return f"{text[:verb.end()]} not{text[verb.end():]}"
    first = re.match(r"I (\w+)\b", text)
    return "I don't " + text[2:] if first and first[1] not in ("am", "have", "had", "was") else None


def turned(text, random_):
    """The sentence with one word turned to its opposite."""
    words = text.split(" ")
    at = [i for i, w in enumerate(words) if w.lower().strip(".,!") in OPPOSITES]
    if not at:
        return None
    i = random_.choice(at)
    bare = words[i].lower().strip(".,!")
    words[i] = words[i].lower().replace(bare, OPPOSITES[bare])
    return " ".join(words)


def negated(sentences, seed):
    """Pairs of each sentence that a rule fits."""
    random_ = random.Random(seed)
    pairs = []
    for s in sentences:
        if len(s.split()) > 22 or "?" in s:
            continue
        if random_.random() < 0.5:
            pairs.append((s, without_not(s)))
        if random_.random() < 0.6:
            pairs.append((s, turned(s, random_)))
        inner = (s if re.match(r"I('m|'ve)?\b", s) else s[0].lower() + s[1:]).rstrip(".!")
        order = s.split()[0].lower() in ORDERS
        if ":" not in s and (order or (s[-1] == "." and 4 <= len(s.split()) <= 14)) and random_.random() < (0.5 if order else 0.35):
            pairs.append(tuple(f"{random_.choice(frames)} {inner}." for frames in ((WANT, REFUSE) if order else (AGREE, DISAGREE))))
    return [(n, side, t) for n, pair in enumerate(p for p in pairs if p[1] and p[0] != p[1]) for side, t in enumerate(pair)]


if __name__ == "__main__":
    statements = written(40, 0)
    print(len(statements), "statements")
    for topic, side, text in random.Random(0).sample(statements, 8):
        print(side, text)
    for _, side, text in negated([text for _, _, text in statements[:40:5]], 0):
        print(side, text)

"""`cotutor serve`: students behind an endpoint that any OpenAI client can call, and a page.

settings    where it listens, who may call, the limits
shelf       the students: loaded, replaced and removed while serving, each load a version
steps, worker
texts written together, step by step; the one thread that owns the models
protocol, gate, endpoint
what clients send, who may pass, how errors, streams and hang-ups are told
writing, splitting, scoring, strategies, answers
from requests to texts, from growing text to what may be shown, how likely a text is
chatting, continuing
`/v1/chat/completions` and `/v1/completions`
app, run    the routes; from students to a server that listens
vllm        the same students under vLLM's own server
"""

using System.Collections;
using Microsoft.AspNetCore.Http.Features;

namespace Guildhall.Api;

/// <summary>One request on its way through the server: its id, which every log line of it carries, and its place.</summary>
internal sealed class Visit(Place place) : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>32 hex digits that no other request has. They need not be hard to guess.</summary>
    public string Id { get; } = RequestIds.Next();

    public Place Place => place;

    public int Count => 1;

    public KeyValuePair<string, object?> this[int index] => index == 0 ? new("RequestId", Id) : throw new ArgumentOutOfRangeException(nameof(index));

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        yield return this[0];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Dresses the answer when it begins, and gives the place to others: however slowly the caller reads, nobody waits for it.</summary>
    public static Task BeginAnswerAsync(object response)
    {
        var headers = ((HttpResponse)response).Headers;
        var visit = ((HttpResponse)response).HttpContext.Features.GetRequiredFeature<Visit>();
        headers["X-Request-Id"] = visit.Id;
        headers.XContentTypeOptions = "nosniff";
        visit.Place.Leave();
        return Task.CompletedTask;
    }

    public override string ToString() => $"request {Id}";
}

using System.Collections;
using Guildhall.Memberships;
using Microsoft.AspNetCore.Http.Features;

namespace Guildhall.Api;

/// <summary>One request on its way through the server: its id, which every log line of it carries, who sends it, its place, and what is held for it.</summary>
internal sealed class Visit(Place place, Client client, Func<Visit, ArrivingBody> newBody) : IReadOnlyList<KeyValuePair<string, object?>>
{
    private long held;

    /// <summary>32 hex digits that no other request has. They need not be hard to guess.</summary>
    public string Id { get; } = RequestIds.Next();

    public Place Place => place;

    public Client Client => client;

    /// <summary>Whether all of its body was taken in.</summary>
    public bool IsBodyRead { get; set; }

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
        if (headers.CacheControl.Count == 0)
        {
            headers.CacheControl = "no-store"; // what is not said to be everybody's is somebody's
        }

        if (((HttpResponse)response).HttpContext.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        visit.Place.Leave();
        return Task.CompletedTask;
    }

    /// <summary>The request's body, before any of it is read.</summary>
    public ArrivingBody NewBody() => newBody(this);

    /// <summary>Sets memory aside for what the caller sends, until the request has ended; or says why there is none.</summary>
    public Refusal? Hold(long bytes)
    {
        if (!client.TryReserve(bytes))
        {
            return Refusal.TooManyAtOnce.Because("requests of this address are on their way, and hold all the memory that it may have");
        }

        if (!place.Gate.TryReserve(bytes, isSmall: held + bytes <= Gate.Small))
        {
            client.Release(bytes);
            return Refusal.Overloaded;
        }

        held += bytes;
        return null;
    }

    /// <summary>The request has ended: gives back what it held.</summary>
    public void End()
    {
        place.Leave();
        client.Release(held);
        place.Gate.Release(held);
        held = 0;
    }

    public override string ToString() => $"request {Id}";
}

using Guildhall.Api;
using Guildhall.Hosting;
using Guildhall.Identity;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guildhall.Tests.Transport;

/// <summary>How much is held of answers that nobody reads, and whose is cut.</summary>
public sealed class UnreadAnswersTests
{
    private const int Megabyte = 1024 * 1024;

    private readonly UnreadAnswers unread = new(new LoadLimits(), TimeProvider.System, NullLogger<UnreadAnswers>.Instance);

    [Fact]
    public void Beyond_its_share_a_callers_oldest_answer_is_cut()
    {
        var client = NewClient("192.0.2.1");
        var other = Send(NewClient("192.0.2.2"), Megabyte);
        var answers = Enumerable.Range(0, 5).Select(_ => Send(client, 4 * Megabyte)).ToList();

        Assert.Equal([true, false, false, false, false], answers.Select(IsCut));
        Assert.False(IsCut(other));
        Assert.Equal(17 * Megabyte, unread.Bytes);
    }

    [Fact]
    public void Beyond_the_share_of_all_it_is_one_of_whoever_holds_most()
    {
        var greedy = Enumerable.Range(0, 3).Select(_ => Send(NewClient("192.0.2.1"), 5 * Megabyte)).ToList();
        var heavy = NewClient("192.0.2.2");
        var mostHeld = Enumerable.Range(0, 2).Select(_ => Send(heavy, 8 * Megabyte)).ToList();
        var small = Enumerable.Range(0, 40).Select(n => Send(NewClient($"198.51.100.{n}"), Megabyte)).ToList();

        Assert.Equal([true, false], mostHeld.Select(IsCut));
        Assert.All([.. greedy, .. small], answer => Assert.False(IsCut(answer)));
        Assert.InRange(unread.Bytes, 1, UnreadAnswers.MaxBytes);
    }

    [Fact]
    public void An_answer_that_is_larger_than_the_share_is_not_cut_for_itself() => Assert.False(IsCut(Send(NewClient("192.0.2.1"), 20 * Megabyte)));

    private static bool IsCut(Lifetime request) => request.WasAborted;

    private static Client NewClient(string address) =>
        new(NetworkPrefix.Of(System.Net.IPAddress.Parse(address)), new ClientLimits(Requests: 100, Arriving: Megabyte));

    /// <summary>Begins to send so many bytes to somebody who reads none.</summary>
    private Lifetime Send(Client client, int bytes)
    {
        var (context, lifetime) = (new DefaultHttpContext(), new Lifetime());
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new Stuck()));
        var answer = unread.Pace(context, client);
        _ = answer.WriteAsync(new byte[bytes]).AsTask();
        return lifetime;
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public bool WasAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => WasAborted = true;
    }

    private sealed class Stuck : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => new(new TaskCompletionSource().Task);
    }
}

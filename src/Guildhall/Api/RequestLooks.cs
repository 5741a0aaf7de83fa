using Guildhall.Memberships;
using Guildhall.Networks;
using Microsoft.AspNetCore.Http.Features;

namespace Guildhall.Api;

/// <summary>The looks of one request: together they count as one, and while it lasts the request has no place at the <see cref="Gate"/>, however long nodes take.</summary>
/// <remarks>What is left to do after a look is little, and there are no more requests doing it than there may be looks.</remarks>
internal sealed class RequestLooks(LimitedLooks looks, LookLimits limits, TimeProvider clock, Place place) : ILooks
{
    private readonly Lock guard = new();
    private bool hasBegun;

    public static RequestLooks Of(HttpContext context) => new(
        context.RequestServices.GetRequiredService<LimitedLooks>(),
        context.RequestServices.GetRequiredService<LookLimits>(),
        context.RequestServices.GetRequiredService<TimeProvider>(),
        context.Features.GetRequiredFeature<Visit>().Place);

    public static ValueTask<RequestLooks?> BindAsync(HttpContext context) => new(Of(context));

    public Result<NodeLook> Begin(string accountName, int nodes, CancellationToken cancellationToken)
    {
        lock (guard)
        {
            if (hasBegun)
            {
                return new NodeLook(limits, clock, static () => { }, cancellationToken);
            }

            var begun = looks.Begin(accountName, nodes, cancellationToken);
            if (!begun.IsRefused(out _))
            {
                hasBegun = true;
                place.Leave();
            }

            return begun;
        }
    }
}

using System.Text;

namespace Guildhall.Console.Topology;

/// <summary>Each consortium as a picture, a table and a file.</summary>
internal static class TopologyPages
{
    public static async Task<IResult> ListAsync(ConsoleRequest request)
    {
        var consortia = await request.Get<Consortia>().ListAsync(request.Caller, request.Aborted);
        return consortia is [var only]
            ? await ShowAsync(request, only.Inviter.Id)
            : request.Show<TopologyView, TopologyModel>(request.T("Topology"), new TopologyModel(consortia));
    }

    public static async Task<IResult> ShowAsync(ConsoleRequest request, string serviceId) =>
        (await request.Get<Consortia>().ShowAsync(request.Caller, serviceId, request.Aborted)).IsRefused(out _, out var consortium)
            ? request.NotFound()
            : Show(request, consortium);

    public static async Task<IResult> SaveAsync(ConsoleRequest request, string serviceId)
    {
        if ((await request.Get<Consortia>().ShowAsync(request.Caller, serviceId, request.Aborted)).IsRefused(out _, out var consortium))
        {
            return request.NotFound();
        }

        var svg = await Page.RenderAsync(request, builder =>
        {
            builder.OpenComponent<Picture>(0);
            builder.AddComponentParameter(1, nameof(Picture.Consortium), consortium);
            builder.AddComponentParameter(2, nameof(Picture.Drawing), Drawing.Of(consortium));
            builder.AddComponentParameter(3, nameof(Picture.IsFile), true);
            builder.CloseComponent();
        });
        return TypedResults.File(Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + svg.Trim()), "image/svg+xml", "topology.svg");
    }

    private static IResult Show(ConsoleRequest request, ConsortiumView consortium) => request.Show<ConsortiumPage, ConsortiumModel>(
        request.T("Topology of the consortium of {0}", consortium.Inviter.AccountName), new ConsortiumModel(consortium, Drawing.Of(consortium)));
}
